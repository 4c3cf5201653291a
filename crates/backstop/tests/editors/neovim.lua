-- Drives `backstop lsp` from Neovim, 0.7 or later: opens agreement.md in the folder it is started in, and writes what an author
-- would see to the file of $SAID. $BACKSTOP is the program.
local said = assert(io.open(vim.env.SAID, 'w'))
local function say(what, is) said:write(what, ': ', tostring(is), '\n') end
local function soon(test) return vim.wait(20000, test, 20) end
local function remark(code)
  for _, one in ipairs(vim.diagnostic.get(0)) do if one.code == code then return one end end
end

vim.cmd('edit agreement.md')
local id = vim.lsp.start_client({ cmd = { vim.env.BACKSTOP, 'lsp' }, root_dir = vim.fn.getcwd() })
local function server() return vim.lsp.get_client_by_id(id) end
assert(soon(function() return server() and server().initialized end), 'the server does not answer')
vim.lsp.buf_attach_client(0, id)
local function ask(method, parameters)
  local answer = (vim.lsp.buf_request_sync(0, method, parameters, 20000) or {})[id] or {}
  return answer.result
end
local function here(line, column)
  return { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = line - 1, character = column } }
end

assert(soon(function() return remark('B001') end), 'no remark on the duty without a deadline')
local duty = remark('B001').lnum + 1
say('remark', duty)
say('hover', ask('textDocument/hover', here(vim.fn.search('^rule 1.1'), 6)).contents.value:match('never fire by party'))
say('definition', ask('textDocument/definition', here(vim.fn.search('never fire'), 31)) ~= nil)
vim.api.nvim_buf_set_lines(0, duty - 1, duty, false, { 'rule  3.1 of   Commission:after 1.1 violated must notice within 24   hours' })
local edits = ask('textDocument/formatting', { textDocument = { uri = vim.uri_from_bufnr(0) }, options = { tabSize = 2, insertSpaces = true } })
vim.lsp.util.apply_text_edits(edits, 0, server().offset_encoding or 'utf-16')
say('formatted', vim.fn.getline(duty))
say('mended', soon(function() return not remark('B001') end))
vim.lsp.stop_client(id)
say('stopped', soon(function() return not server() or server().is_stopped() end))
said:close()
vim.cmd('qa!')
