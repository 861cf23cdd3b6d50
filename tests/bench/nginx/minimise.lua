-- The body filter of lua.conf: what an operator would write with cjson. (An empty list leaves as `{}`: Debian's cjson
-- cannot tell them apart. The benchmark has none.)
local cjson = require "cjson"

local KEPT = {
    "member_id", "first_name", "last_name", "email", "mobile", "constituency", "joined_on", "status", "membership_type",
}
local ADDRESS = { "line1", "town", "postcode" }

local function pick(from, keys)
    local to = {}
    for i = 1, #keys do
        to[keys[i]] = from[keys[i]]
    end
    return to
end

local function minimised(text)
    local body = cjson.decode(text)
    local values = {}
    for i, record in ipairs(body.values) do
        local kept = pick(record, KEPT)
        kept.address = pick(record.address, ADDRESS)
        values[i] = kept
    end
    return cjson.encode({ count = body.count, next = body.next, values = values })
end

local function filter()
    local chunks = ngx.ctx.chunks
    if not chunks then
        chunks = {}
        ngx.ctx.chunks = chunks
    end
    chunks[#chunks + 1] = ngx.arg[1]
    if ngx.arg[2] then
        ngx.arg[1] = minimised(table.concat(chunks))
    else
        ngx.arg[1] = nil
    end
end

return { filter = filter }
