-- Our own tables, all named mr_*, so that they can share a database with any panel.
--
-- Keys are stored folded (lower case; for names that are not ASCII, what Postfix makes of them) and compared byte by byte
-- without padding: the database can then not find something that a cache calls a different key.

CREATE TABLE mr_alias_domain (
  alias_domain VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY,
  target_domain VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  KEY target_domain (target_domain),
  CONSTRAINT mr_alias_domain_folded CHECK (alias_domain = LOWER(alias_domain) AND target_domain = LOWER(target_domain))
) ENGINE=InnoDB;

-- pattern: an address, a domain, or a .domain for everything below it, or * (transport(5))
CREATE TABLE mr_transport (
  pattern VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY,
  transport VARCHAR(64) NOT NULL DEFAULT '',
  nexthop VARCHAR(255) NOT NULL DEFAULT '',
  active BOOLEAN NOT NULL DEFAULT TRUE,
  CONSTRAINT mr_transport_folded CHECK (pattern = LOWER(pattern))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE mr_relay_domain (
  domain VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY,
  accept_unknown BOOLEAN NOT NULL DEFAULT FALSE,  -- TRUE: every recipient is relayed
  active BOOLEAN NOT NULL DEFAULT TRUE,
  CONSTRAINT mr_relay_domain_folded CHECK (domain = LOWER(domain))
) ENGINE=InnoDB;

CREATE TABLE mr_relay_recipient (
  address VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY,
  domain VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  action VARCHAR(255) NOT NULL DEFAULT 'OK',
  active BOOLEAN NOT NULL DEFAULT TRUE,
  -- No foreign key with CASCADE: the rows that a cascade removes are not in the binlog.
  KEY domain (domain),
  CONSTRAINT mr_relay_recipient_folded CHECK (address = LOWER(address) AND domain = LOWER(domain))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

-- destination: a domain, a .domain, [host] or [host]:port, as smtp_tls_policy_maps is asked (postconf(5))
CREATE TABLE mr_tls_policy (
  destination VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY,
  policy ENUM('none','may','encrypt','dane','dane-only','fingerprint','verify','secure') NOT NULL,
  params VARCHAR(1024) NULL,
  source ENUM('manual','mta-sts') NOT NULL DEFAULT 'manual',
  expires_at DATETIME NULL,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  CONSTRAINT mr_tls_policy_folded CHECK (destination = LOWER(destination))
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

-- One family: IPv4 is ::ffff:a.b.c.d, and prefix_len is always out of 128. Fill it with mr_add_network below.
CREATE TABLE mr_network (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  list VARCHAR(32) CHARACTER SET ascii NOT NULL DEFAULT 'mynetworks',
  first_addr VARBINARY(16) NOT NULL,
  last_addr VARBINARY(16) NOT NULL,
  prefix_len TINYINT UNSIGNED NOT NULL,
  action VARCHAR(255) NOT NULL DEFAULT 'OK',
  active BOOLEAN NOT NULL DEFAULT TRUE,
  UNIQUE KEY list_network (list, first_addr, prefix_len),
  KEY containment (list, first_addr, last_addr, prefix_len),
  CONSTRAINT mr_network_shape CHECK (LENGTH(first_addr) = 16 AND LENGTH(last_addr) = 16 AND prefix_len <= 128
                                     AND first_addr <= last_addr)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

-- '192.0.2.1', '::ffff:192.0.2.1' and '2001:db8::1' as 16 bytes; NULL for everything else.
CREATE FUNCTION mr_address(spelled VARCHAR(64) CHARACTER SET utf8mb4) RETURNS VARBINARY(16) DETERMINISTIC NO SQL
RETURN INET6_ATON(IF(spelled LIKE '%:%', spelled, CONCAT('::ffff:', spelled)));

-- CALL mr_add_network('mynetworks', '192.0.2.0/24', 'OK'); a lone address is a network of one.
CREATE PROCEDURE mr_add_network(IN network_list VARCHAR(32) CHARACTER SET ascii, IN cidr VARCHAR(64) CHARACTER SET utf8mb4, IN network_action VARCHAR(255) CHARACTER SET utf8mb4)
MODIFIES SQL DATA
BEGIN
  DECLARE address VARBINARY(16) DEFAULT mr_address(SUBSTRING_INDEX(cidr, '/', 1));
  DECLARE width INT DEFAULT IF(cidr LIKE '%:%', 128, 32);
  DECLARE given VARCHAR(64) DEFAULT IF(cidr LIKE '%/%', SUBSTRING_INDEX(cidr, '/', -1), CAST(width AS CHAR));
  DECLARE bits INT;
  DECLARE position INT DEFAULT 1;
  DECLARE mask INT;
  DECLARE byte_value INT;
  DECLARE low VARBINARY(16) DEFAULT '';
  DECLARE high VARBINARY(16) DEFAULT '';
  IF address IS NULL OR given NOT REGEXP '^[0-9]{1,3}$' OR CAST(given AS UNSIGNED) > width THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not a network: expected an address, or an address/length such as 192.0.2.0/24 or 2001:db8::/32';
  END IF;
  SET bits = CAST(given AS UNSIGNED) + 128 - width;
  WHILE position <= 16 DO
    SET byte_value = ASCII(SUBSTRING(address, position, 1));
    -- how many of this byte's bits belong to the host
    SET mask = POW(2, LEAST(8, GREATEST(0, position * 8 - bits))) - 1;
    SET low = CONCAT(low, CHAR(byte_value - (byte_value & mask)));
    SET high = CONCAT(high, CHAR(byte_value | mask));
    SET position = position + 1;
  END WHILE;
  IF low <> address THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not a network: the address has bits behind the prefix (192.0.2.1/24 instead of 192.0.2.0/24)';
  END IF;
  INSERT INTO mr_network (list, first_addr, last_addr, prefix_len, action)
  VALUES (network_list, low, high, bits, network_action);
END;

-- The networks as people write them.
CREATE VIEW mr_network_cidr AS
SELECT id, list,
       CONCAT(REPLACE(INET6_NTOA(first_addr), '::ffff:', ''), '/',
              IF(LEFT(first_addr, 12) = UNHEX('00000000000000000000FFFF') AND prefix_len >= 96, prefix_len - 96, prefix_len)) AS network,
       action, active
FROM mr_network;
