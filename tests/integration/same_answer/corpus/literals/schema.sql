CREATE TABLE entry (name VARCHAR(200), value VARCHAR(200)) CHARACTER SET utf8mb4;
INSERT INTO entry VALUES ('anna@hosted.example','a'),('it''s','quote'),('b\\s','backslash'),('d"q','double');
