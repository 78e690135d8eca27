-- One row of each kind of value for each name; the text of every column type is the server's.
CREATE TABLE sample (
  name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY,
  t TINYINT, tu TINYINT UNSIGNED, s SMALLINT, m MEDIUMINT, i INT, iz INT(8) ZEROFILL, b BIGINT, bu BIGINT UNSIGNED, d DECIMAL(30,10), d0 DECIMAL(10,0),
  f FLOAT, db DOUBLE, fd FLOAT(10,3), bit1 BIT(1), bit20 BIT(20), bo BOOLEAN,
  da DATE, ti TIME, ti6 TIME(6), dt DATETIME, dt3 DATETIME(3), ts TIMESTAMP(6) NULL, y YEAR,
  c CHAR(10), vc VARCHAR(100), tx TEXT, l1 VARCHAR(100) CHARACTER SET latin1, a VARCHAR(100) CHARACTER SET ascii, u2 VARCHAR(100) CHARACTER SET ucs2, gb VARCHAR(100) CHARACTER SET gbk,
  bi BINARY(6), vb VARBINARY(100), bl BLOB, en ENUM('', 'one', 'zwei', 'drei, vier', 'fünf'), st SET('a', 'b', 'c d', 'é'), js JSON, uu UUID, in6 INET6, po POINT
) CHARACTER SET utf8mb4;
INSERT INTO sample (name) VALUES ('nulls');
INSERT INTO sample VALUES ('zero', 0,0,0,0,0,0,0,0,0,0, 0,0,0, b'0',b'0',FALSE, '0000-00-00','00:00:00','00:00:00.000000','0000-00-00 00:00:00','0000-00-00 00:00:00.000',NULL,0,
  '','','','','','','', '','','', '','','{}','00000000-0000-0000-0000-000000000000','::', POINT(0,0));
INSERT INTO sample VALUES ('small', -128,0,-32768,-8388608,-2147483648,7,-9223372036854775808,0,-12345678901234567890.0123456789,-1, -1.5e-10,-1.7976931348623157e308,-0.001, b'1',b'1',TRUE,
  '1000-01-01','-838:59:59','-00:00:00.000001','1000-01-01 00:00:00','1970-01-01 00:00:00.001','1970-01-02 00:00:01.000001',1901,
  ' a ','  blanks  ','a,b','älter','ascii','ü','ü', 'ab','a b\t',X'0a', 'one','a','[1, 2.50, "x"]','123e4567-e89b-12d3-a456-426614174000','::ffff:192.0.2.1', POINT(1,2));
INSERT INTO sample VALUES ('large', 127,255,32767,8388607,2147483647,99999999,9223372036854775807,18446744073709551615,12345678901234567890.0123456789,9999999999, 3.402823e38,1.7976931348623157e308,1234567.891, b'1',b'11111111111111111111',2,
  '9999-12-31','838:59:59','838:59:59.999999','9999-12-31 23:59:59','9999-12-31 23:59:59.999','2038-01-19 03:14:07.999999',2155,
  'ünïcödé €','😀','line one\nline two\r\n','ÄÖÜß€','~','用','用户', X'c3a4c3b6fffe',X'fffe',X'c3a4', 'fünf','a,b,c d,é','{"k": "v\\u00e9", "a": null}','ffffffff-ffff-ffff-ffff-ffffffffffff','2001:db8::1', POINT(-1.5,1e20));
INSERT INTO sample (name, f, db, d, vc, vb, bl, en, st) VALUES
  ('third', 1/3, 1/3, 1/3, '%', X'00', X'61006263', 'drei, vier', ''), ('tenth', 0.1, 0.1, 0.1, 'tab\there', X'ff', X'00', 'zwei', 'c d'),
  ('big', 16777217, 9007199254740993, 1e15, 'quote''"\\', X'27', REPEAT('x', 5000), NULL, NULL), ('sci', 1e20, 1e100, 100, 'comma,', X'c328', REPEAT('y', 3000), NULL, NULL),
  ('nul', NULL, NULL, NULL, 'before\0after', X'6200', X'00ff', NULL, NULL), ('utf8', NULL, NULL, NULL, 'straße ﬁ İ ς K', X'e282ac', 'ä', NULL, NULL);
