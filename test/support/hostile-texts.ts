/** Texts that mean something to a database which takes them for a part of a statement; each at most 60 characters. */
export const hostileTexts: readonly string[] = [
  "' OR '1'='1",
  "' OR 1=1 --",
  "'; DROP TABLE tb_users; --",
  "admin'--",
  "' UNION SELECT id, password_hash FROM tb_users --",
  '" OR ""="',
  "\\' OR 1=1 --",
  '$1; DELETE FROM tb_users',
  ':username',
  '?',
  "'||(SELECT 1)||'",
  '%_%',
  '$$; SELECT pg_sleep(9); $$',
]
