-- The daemon's user: it can read what the maps ask for, and change nothing. Migrations run as another user.
--   mariadb mail < grants.sql
-- It logs in by its Unix account, without a password. For one, write IDENTIFIED BY '...' in its place, and put the password
-- into [mariadb] password_file.
-- SPDX-License-Identifier: Apache-2.0

CREATE USER IF NOT EXISTS maproom@localhost IDENTIFIED VIA unix_socket;
EXECUTE IMMEDIATE CONCAT('GRANT SELECT ON `', DATABASE(), '`.* TO maproom@localhost');

-- For a daemon on another host:
-- CREATE USER maproom@'192.0.2.%' IDENTIFIED BY '...' REQUIRE SSL;
-- GRANT SELECT ON mail.* TO maproom@'192.0.2.%';

-- For [feed] binlog = true, which follows the changes as a replica does:
-- GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO maproom@localhost;
