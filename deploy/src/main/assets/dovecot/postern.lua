-- Dovecot asks Postern whether a name and an app password fit; docs/drop-in.md. For Dovecot 2.3, in dovecot.conf:
--
--   passdb {
--     driver = lua
--     args = file=/etc/dovecot/postern.lua blocking=yes
--   }
--
-- The token is one of role verifier, alone in a file that the account of Dovecot's auth process can read and nobody else.

local URL = "http://127.0.0.1:9143/auth/dovecot"
local TOKEN_FILE = "/etc/dovecot/postern.token"

-- What Dovecot calls the protocols that app passwords are for. Postfix asks as smtp.
local PROTOCOLS = { imap = "imap", pop3 = "pop3", submission = "submission", smtp = "submission" }

local client = nil
local token = nil

local function text(value)
  local escaped = string.gsub(value or "", '[%c"\\]', function(letter)
    return string.format("\\u%04x", string.byte(letter))
  end)
  return '"' .. escaped .. '"'
end

function script_init()
  local file = assert(io.open(TOKEN_FILE, "r"), "cannot read " .. TOKEN_FILE)
  token = string.match(file:read("*l") or "", "^%s*(%S+)")
  file:close()
  assert(token, TOKEN_FILE .. " is empty")
  -- A wrong password is answered after guard.failure-delay, a slow look-up within 25 seconds.
  client = dovecot.http.client({ timeout = 28000, max_attempts = 1 })
  return 0
end

function script_deinit()
end

function auth_password_verify(request, password)
  local protocol = PROTOCOLS[request.service]
  if protocol == nil then
    return dovecot.auth.PASSDB_RESULT_NEXT, {}
  end
  local question = client:request({ url = URL, method = "POST" })
  question:add_header("Authorization", "Bearer " .. token)
  question:add_header("Content-Type", "application/json")
  question:set_payload("{" ..
    '"user":' .. text(request.original_user or request.user) ..
    ',"password":' .. text(password) ..
    ',"protocol":' .. text(protocol) ..
    ',"clientAddress":' .. text(request.remote_ip) ..
    ',"tls":' .. ((request.secured or "") ~= "" and "true" or "false") ..
    "}")
  local answer = question:submit()
  local line, mailbox = nil, nil
  if answer:status() == 200 then
    line, mailbox = string.match(answer:payload(), "^(%l+)\n([^\n]*)")
  end
  if line == "ok" then
    return dovecot.auth.PASSDB_RESULT_OK, { user = mailbox }
  elseif line == "fail" then
    return dovecot.auth.PASSDB_RESULT_PASSWORD_MISMATCH, {}
  elseif line == "later" then
    request:log_info("Postern cannot say now, or there were too many wrong passwords")
  else
    request:log_error("Postern gave no answer: HTTP status " .. answer:status())
  end
  return dovecot.auth.PASSDB_RESULT_INTERNAL_FAILURE, {}
end
