-- What ViMbAdmin would have made: its tables, created only where they are absent, with its names and types. In a database
-- that ViMbAdmin owns this changes nothing. Never add columns or indexes here: a schema update of ViMbAdmin's may take them
-- away again. Everything of ours has a table of its own (0002).

CREATE TABLE IF NOT EXISTS domain (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  domain VARCHAR(255) NOT NULL,
  description VARCHAR(255) NULL,
  max_aliases INT NOT NULL DEFAULT 0,
  alias_count BIGINT NOT NULL DEFAULT 0,
  max_mailboxes INT NOT NULL DEFAULT 0,
  mailbox_count BIGINT NOT NULL DEFAULT 0,
  max_quota BIGINT NOT NULL DEFAULT 0,
  quota BIGINT NOT NULL DEFAULT 0,
  transport VARCHAR(255) NOT NULL DEFAULT 'virtual',
  backupmx TINYINT(1) NOT NULL DEFAULT 0,
  active TINYINT(1) NOT NULL DEFAULT 1,
  homedir VARCHAR(255) NULL,
  maildir VARCHAR(255) NULL,
  uid INT NULL,
  gid INT NULL,
  created DATETIME NOT NULL,
  modified DATETIME NULL,
  UNIQUE KEY domain (domain)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;

CREATE TABLE IF NOT EXISTS mailbox (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username VARCHAR(255) NOT NULL,
  password VARCHAR(255) NOT NULL,
  name VARCHAR(255) NULL,
  alt_email VARCHAR(255) NULL,
  quota BIGINT NOT NULL DEFAULT 0,
  local_part VARCHAR(255) NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 0,
  access_restriction VARCHAR(100) NOT NULL DEFAULT 'ALL',
  homedir VARCHAR(255) NULL,
  maildir VARCHAR(255) NULL,
  uid BIGINT NULL,
  gid BIGINT NULL,
  homedir_size BIGINT NULL,
  maildir_size BIGINT NULL,
  size_at DATETIME NULL,
  delete_pending TINYINT(1) NULL DEFAULT 0,
  created DATETIME NOT NULL,
  modified DATETIME NULL,
  Domain_id BIGINT NULL,
  UNIQUE KEY username (username),
  KEY Domain_id (Domain_id),
  CONSTRAINT mailbox_domain FOREIGN KEY (Domain_id) REFERENCES domain (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;

CREATE TABLE IF NOT EXISTS alias (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  address VARCHAR(255) NOT NULL,
  goto LONGTEXT NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 1,
  created DATETIME NOT NULL,
  modified DATETIME NULL,
  Domain_id BIGINT NULL,
  UNIQUE KEY address (address),
  KEY Domain_id (Domain_id),
  CONSTRAINT alias_domain FOREIGN KEY (Domain_id) REFERENCES domain (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci;

CREATE TABLE IF NOT EXISTS tlspolicies (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  domain VARCHAR(255) NOT NULL,
  policy ENUM('none','may','encrypt','dane','dane-only','fingerprint','verify','secure') NOT NULL,
  params VARCHAR(255) NULL,
  UNIQUE KEY domain (domain)
) ENGINE=InnoDB DEFAULT CHARACTER SET latin1 COLLATE latin1_swedish_ci;
