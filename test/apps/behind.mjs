/** Puts gates before a listener that is not changed for it, as an app does that mounts somebody else's. */
export function behind(gates, listener) {
  return (req, res) => {
    const pass = (i) => {
      if (i === gates.length) return void listener(req, res)
      gates[i](req, res, (err) => {
        if (err === undefined) return pass(i + 1)
        res.statusCode = 599
        res.end(String(err))
      })
    }
    pass(0)
  }
}
