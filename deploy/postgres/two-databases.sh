#!/bin/sh
# Two databases with an owner each; neither owner can open the other's. Run once, by PostgreSQL's
# own start-up, in the compose file; by hand as README.md says.
set -eu

for name in identity usage; do
  password=$(cat "/run/secrets/${name}_password")
  psql -v ON_ERROR_STOP=1 -v name="symbolon_${name}" -v password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE :"name" OWNER :"name" ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
