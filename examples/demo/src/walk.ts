import { ask, wrongWith, type Answer } from './ask.ts'
import type { Tokens } from './callers.ts'
import { stages, type Stage, type Step } from './steps.ts'

/** Where a walk goes: an app, and the same app cut off from its key server. */
export interface Route {
  readonly url: string
  readonly tokens: Tokens
  readonly keysDown: { readonly url: string; readonly tokens: Tokens }
}

/** One step and how it went. */
export interface Row {
  readonly stage: Stage
  readonly step: Step
  readonly method: string
  readonly path: string
  readonly answer: Answer
  /** Set where the answer is not as it should be. */
  readonly wrong?: string
}

/** Walks through all stages, one request after the other. */
export async function* walk(route: Route): AsyncGenerator<Row> {
  let created = '/orders/none-was-created'
  for (const stage of stages) {
    const { url, tokens } = stage.keysDown ? route.keysDown : route
    for (const step of stage.steps) {
      const [method = '', pattern = ''] = step.asks.split(' ')
      const path = pattern.replace('/orders/:id', created)
      const answer = await ask(method, url + path, tokens[step.who], step.json)
      if (answer.status === 201) created = answer.headers.get('location') ?? created
      const wrong = wrongWith(step, answer)
      yield { stage, step, method, path, answer, ...(wrong !== undefined && { wrong }) }
    }
  }
}
