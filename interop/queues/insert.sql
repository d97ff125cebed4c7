\set number random(1, 1000000)
INSERT INTO plain (number, note) VALUES (:number, 'One burger, no onions');
