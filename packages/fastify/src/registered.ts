/** Under this key an instance of Fastify, and those below it, carry that the plugin was registered. */
const REGISTERED: unique symbol = Symbol.for('sallyport.fastify') as never

/** Remembers an instance; what is encapsulated in it inherits from it. */
export function register(instance: object): void {
  Object.defineProperty(instance, REGISTERED, { value: true })
}

/** Whether the plugin's hooks run for the routes of an instance. */
export function isRegistered(instance: object): boolean {
  return REGISTERED in instance
}
