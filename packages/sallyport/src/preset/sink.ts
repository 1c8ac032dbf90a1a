import type { Exchange } from '@sallyport/core'

/** Where a middleware that was written for Express puts headers, on whichever host. */
export interface HeaderSink {
  statusCode: number
  getHeader(name: string): string | undefined
  setHeader(name: string, value: string | number): void
  removeHeader(name: string): void
  end(): void
}

/** Stands in for the response of Express, as far as a middleware uses it that only sets headers, or answers with nothing but headers. */
export function sinkOf(exchange: Exchange, onEnd: (status: number) => void = () => undefined): HeaderSink {
  return {
    statusCode: 200,
    getHeader: (name) => exchange.responseHeader(name),
    setHeader: (name, value) => exchange.setHeader(name, String(value)),
    removeHeader: (name) => exchange.removeHeader(name),
    end() {
      onEnd(this.statusCode)
    },
  }
}
