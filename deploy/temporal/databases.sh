#!/bin/sh
# Makes the roles and databases of Maan and of Temporal on a PostgreSQL server, and sets the roles'
# passwords. It may run any number of times; it drops nothing.
#
# Needs PGHOST, PGUSER and PGPASSWORD of an administrator, MAAN_DB_PASSWORD, TEMPORAL_DB_PASSWORD.
set -eu

: "${MAAN_DB_PASSWORD:?is not set}" "${TEMPORAL_DB_PASSWORD:?is not set}"
export PGDATABASE=postgres

run() {
	psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"
}

attempt=1
until run --command='select 1' >/dev/null 2>&1; do
	if [ "$attempt" -ge 30 ]; then
		echo "databases: PostgreSQL does not answer, or refuses the administrator" >&2
		exit 1
	fi
	attempt=$((attempt + 1))
	sleep 2
done

# The passwords come in through the environment, so that they stand in no command line.
run <<'SQL'
\getenv maan_password MAAN_DB_PASSWORD
\getenv temporal_password TEMPORAL_DB_PASSWORD

select 'create role maan login' where not exists (select from pg_roles where rolname = 'maan') \gexec
select 'create role temporal login' where not exists (select from pg_roles where rolname = 'temporal') \gexec
alter role maan password :'maan_password';
alter role temporal password :'temporal_password';

select 'create database maan owner maan' where not exists (select from pg_database where datname = 'maan') \gexec
select 'create database temporal owner temporal' where not exists (select from pg_database where datname = 'temporal') \gexec
select 'create database temporal_visibility owner temporal'
where not exists (select from pg_database where datname = 'temporal_visibility') \gexec

-- Each role sees its own databases only.
revoke all on database maan, temporal, temporal_visibility from public;
SQL
echo "databases: maan, temporal and temporal_visibility are there"
