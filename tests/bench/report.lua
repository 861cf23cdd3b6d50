-- What wrk prints at the end of a run, as one line of JSON. Latencies in microseconds.
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\nRESULT {"requests":%d,"bytes":%d,"errors":%d,"p50":%d,"p99":%d}\n',
        summary.requests, summary.bytes,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
