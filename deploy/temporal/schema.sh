#!/bin/sh
# Brings Temporal's two schemas up to date. It may run any number of times.
#
# Needs SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN; the databases exist already.
set -eu

versions=/etc/temporal/schema/postgresql/v12

# again runs a command up to ten times.
again() {
	attempt=1
	until "$@"; do
		if [ "$attempt" -ge 10 ]; then
			echo "schema: gave up: $*" >&2
			return 1
		fi
		attempt=$((attempt + 1))
		sleep 3
	done
}

bring_up_to_date() {
	again temporal-sql-tool --db "$1" setup-schema --version 0.0
	again temporal-sql-tool --db "$1" update-schema --schema-dir "$versions/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
echo "schema: temporal and temporal_visibility are up to date"
