import type { ErrorRequestHandler } from 'express'

/** Answers what is no refusal: a body that cannot be read, an order that is not there. Express itself would send a stack trace. */
export const answerError: ErrorRequestHandler = (err: unknown, _req, res, next) => {
  if (res.headersSent) {
    next(err)
    return
  }
  const {
    status = 500,
    expose = false,
    message,
  } = Object(err) as { status?: number; expose?: boolean; message?: string }
  if (status >= 500) console.error(err)
  res.status(status).json({ status, detail: expose ? message : undefined })
}
