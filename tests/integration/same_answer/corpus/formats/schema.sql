CREATE TABLE entry (name VARCHAR(100), position INT, value VARCHAR(200), second VARCHAR(200)) CHARACTER SET utf8mb4;
INSERT INTO entry VALUES ('one@hosted.example',1,'anna@mail.example',NULL),
 ('two@hosted.example',1,'anna@mail.example','ben@mail.example'),
 ('rows@hosted.example',1,'a@x.example','b@x.example'),('rows@hosted.example',2,NULL,'c@y.example'),('rows@hosted.example',3,'','d'),('rows@hosted.example',4,'@e.example',''),
 ('none@hosted.example',1,NULL,NULL),('none@hosted.example',2,'',NULL),('none@hosted.example',3,'',''),
 ('bare@hosted.example',1,'local','@only.domain'),('bare@hosted.example',2,'user@',' '),
 ('many@hosted.example',1,'a@b@c.example','@@'),('many@hosted.example',2,'@','x@y@'),
 ('text@hosted.example',1,'a,b','c d'),('text@hosted.example',2,' e ','100%'),('text@hosted.example',3,'%s%u%d','new\nline'),
 ('hosted.example',1,'domain value','x@hosted.example'),('bare',1,'bare value','bare@bare.example'),('@hosted.example',1,'catch@all.example',NULL),('one@sub.hosted.example',1,'deep@hosted.example',NULL),
 ('u@a.b.c.d.e.f.g.h.i',1,'deep@labels.example',NULL),('user@',1,'empty@domain.example',NULL),('umlaut@müller.example',1,'jörg@müller.example','用户@例子.example');
