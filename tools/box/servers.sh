# servers.sh - each server as its users run it, with compression, in a folder of its own.
# configure_X RUN ADDRESS ROOT writes RUN/conf; command_of X ... prints the command line.

server_program() {
	case $1 in
	python) echo /usr/bin/python3 ;; # not a private one that www-data cannot run
	*) echo "$1" ;;
	esac
}

command_of() { # command_of SERVER RUN ADDRESS ROOT
	case $1 in
	nginx) echo "nginx -e $2/error.log -p $2 -c $2/conf" ;;
	apache2) echo "apache2 -d $2 -f $2/conf -DFOREGROUND" ;;
	lighttpd) echo "lighttpd -D -f $2/conf" ;;
	caddy) echo "env HOME=$2 XDG_DATA_HOME=$2 XDG_CONFIG_HOME=$2 caddy run --adapter caddyfile --config $2/conf" ;;
	python) echo "/usr/bin/python3 -B -m http.server --bind $3 --directory $4 $BOX_PORT" ;;
	esac
}

configure_nginx() {
	cat >"$1/conf" <<-EOT
		daemon off;
		worker_processes 1;
		pid $1/pid;
		error_log $1/error.log;
		events { worker_connections 1024; }
		http {
			types { text/html html htm; text/css css; image/png png; image/svg+xml svg; }
			client_body_temp_path $1/t1; proxy_temp_path $1/t2; fastcgi_temp_path $1/t3;
			uwsgi_temp_path $1/t4; scgi_temp_path $1/t5;
			log_format short '\$status \$body_bytes_sent \$request_uri';
			access_log $1/access.log short;
			gzip on;
			keepalive_requests 100000;
			server { listen $2:$BOX_PORT; root $3; }
		}
	EOT
}

configure_apache2() {
	modules=/usr/lib/apache2/modules
	cat >"$1/conf" <<-EOT
		ServerName $2
		Listen $2:$BOX_PORT
		PidFile $1/pid
		DefaultRuntimeDir $1
		ErrorLog $1/error.log
		LoadModule mpm_event_module $modules/mod_mpm_event.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule mime_module $modules/mod_mime.so
		LoadModule dir_module $modules/mod_dir.so
		LoadModule filter_module $modules/mod_filter.so
		LoadModule deflate_module $modules/mod_deflate.so
		TypesConfig /dev/null
		AddType text/html .html .htm
		AddType text/css .css
		AddOutputFilterByType DEFLATE text/html text/css
		KeepAlive On
		MaxKeepAliveRequests 0
		LogFormat "%>s %B %U" short
		CustomLog $1/access.log short
		DocumentRoot $3
		<Directory />
			Options FollowSymLinks
			Require all granted
		</Directory>
	EOT
}

configure_lighttpd() {
	cat >"$1/conf" <<-EOT
		server.modules = ( "mod_accesslog", "mod_deflate" )
		server.document-root = "$3"
		server.bind = "$2"
		server.port = $BOX_PORT
		server.pid-file = "$1/pid"
		server.errorlog = "$1/error.log"
		server.stat-cache-engine = "disable"
		server.max-keep-alive-requests = 100000
		accesslog.filename = "$1/access.log"
		accesslog.format = "%s %b %U"
		index-file.names = ( "index.html" )
		mimetype.assign = ( ".html" => "text/html", ".htm" => "text/html",
			".css" => "text/css", ".png" => "image/png", ".svg" => "image/svg+xml" )
		deflate.allowed-encodings = ( "gzip" )
		deflate.mimetypes = ( "text/html", "text/css" )
	EOT
}

configure_caddy() {
	cat >"$1/conf" <<-EOT
		{
			admin off
			auto_https off
		}
		http://:$BOX_PORT {
			bind $2
			root * $3
			encode gzip
			file_server
			log {
				output file $1/access.log
			}
		}
	EOT
}

configure_python() { # it has nothing to configure: HTTP/1.0, dates only, no compression
	:
}
