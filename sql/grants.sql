-- The daemon's user: it can read what the maps ask for, and change nothing. Migrations run as another user.
-- Set a password before you run this (or use unix_socket authentication: IDENTIFIED VIA unix_socket):
--   mariadb mail < grants.sql
-- With another database than the current one, or fewer tables, narrow the GRANT.

CREATE USER IF NOT EXISTS maproom@localhost IDENTIFIED VIA unix_socket;
EXECUTE IMMEDIATE CONCAT('GRANT SELECT ON `', DATABASE(), '`.* TO maproom@localhost');

-- For a daemon on another host:
-- CREATE USER maproom@'192.0.2.%' IDENTIFIED BY '...' REQUIRE SSL;
-- GRANT SELECT ON mail.* TO maproom@'192.0.2.%';
