const pnpm = /^pnpm\/(\S+)/.exec(process.env.npm_config_user_agent ?? '')?.[1]

/** How to start the demo again: by the pnpm that started it, for the workspace takes no other version. */
export const COMMAND: string = pnpm === undefined ? 'node examples/demo/dist/demo.js' : `npx -y pnpm@${pnpm} demo`
