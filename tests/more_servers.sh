# more_servers.sh - servers besides those of tools/box/servers.sh, written in the same way.
# The two caches keep what they serve for a minute, and stand before nginx and python;
# haproxy answers conditions itself from what it keeps, in whatever coding came first.

line_of() { # line_of SERVER RUN ADDRESS ROOT: its command line
	case $1 in
	apache2_plain) command_of apache2 "$2" "$3" "$4" ;;
	h2o) echo "h2o -c $2/conf" ;;
	varnish) echo "varnishd -F -n $2/work -a $3:$BOX_PORT -b $BOX_NET.7:$BOX_PORT -s malloc,16m -t 60 -T none -p default_grace=0 -p default_keep=0" ;;
	haproxy) echo "haproxy -db -f $2/conf" ;;
	busybox) echo "busybox httpd -f -p $3:$BOX_PORT -h $4" ;;
	civetweb) echo "civetweb $2/conf" ;;
	webfsd) echo "webfsd -F -4 -i $3 -p $BOX_PORT -r $4 -m $2/types" ;;
	*) command_of "$@" ;;
	esac
}

configure_apache2_plain() {
	configure_apache2 "$@"
	sed -i '/DEFLATE/d' "$1/conf"
}

configure_h2o() {
	cat >"$1/conf" <<-EOT
		num-threads: 1
		error-log: $1/error.log
		compress: [ gzip ]
		listen: { host: $2, port: $BOX_PORT }
		hosts: { default: { paths: { "/": { file.dir: $3 } } } }
	EOT
}

configure_haproxy() {
	cat >"$1/conf" <<-EOT
		global
			maxconn 100
		defaults
			mode http
			timeout connect 5s
			timeout client 30s
			timeout server 30s
		cache pages
			total-max-size 4
			max-age 60
		frontend front
			bind $2:$BOX_PORT
			http-request cache-use pages
			http-response cache-store pages
			default_backend back
		backend back
			server origin $BOX_NET.1:$BOX_PORT
	EOT
}

configure_civetweb() {
	cat >"$1/conf" <<-EOT
		document_root $3
		listening_ports $2:$BOX_PORT
		num_threads 4
		enable_keep_alive yes
	EOT
}

configure_webfsd() {
	echo 'text/html html' >"$1/types"
}

configure_varnish() { # all on its command line
	:
}

configure_busybox() { # it has nothing to configure
	:
}
