-- Sends the messages in the file that the first argument names, each after a line with its length, again and again;
-- ends with one line of JSON: microseconds and counts.
local messages, at = {}, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for length in file:lines() do
    messages[#messages + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  at = at % #messages + 1
  return messages[at]
end

function done(summary)
  local errors = summary.errors
  io.write(string.format('{"requests": %d, "duration": %d, "broken": %d}\n', summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.timeout))
end
