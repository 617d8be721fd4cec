-- Library: records of tasks. <records> is a hash, task id -> record:
--
--     <score>\t<state>\t<name>\t<runs dropped>\t<parent's id, or ''>
--     <facts of the task, JSON>
--     <time it was received, Unix ms>-<key of the run>\t<state>\t<the run, JSON>        for each run, the oldest first
--
-- Beside it, scored by when the record was made (Unix microseconds, no two the same), sorted sets of ids: <records>:<state> and
-- <records>:<state>:<name>, and <records>:of:<id> of the tasks that a task has sent. <records>:names, a hash: how many of each name.
-- <records>:log:<id>, a list: lines of its log, `<number>\t<time>\t<text>`; <records>:logged, a hash: bytes of each. <records>:figures, a hash: `last`
-- score, `bytes`, and how many were `dropped` for the bounds, and `passed` over.
local record_states = { 'RECEIVED', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED', 'IGNORED', 'REPLACED' }
-- What a record takes beside its own text, about, in bytes: its place in the hash and in two sorted sets.
local overhead = 400

local function read_head(record)
  local score, state, name, dropped, parent, at = string.match(record, '^(%d+)\t(%u+)\t([^\t\n]*)\t(%d+)\t([^\n]*)\n()')
  return { score = score, state = state, name = name, dropped = tonumber(dropped), parent = parent }, at
end
