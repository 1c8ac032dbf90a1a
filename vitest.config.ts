import { configDefaults, defineConfig } from 'vitest/config'
import { leftOut } from './test/which-node.ts'

/** Where .ci/run wants the figures of a run. */
const report = process.env.TEST_REPORT

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    // What tests provoke on purpose need not be read every time; that it is said is tested.
    execArgv: ['--disable-warning=SallyportWarning'],
    globalSetup: ['test/which-node.ts'],
    // Most suites wait for servers: two side by side keep two cores busy, and more would make what has deadlines miss them.
    maxWorkers: 2,
    // Suites start servers and compilers on small machines. A test that hangs is still found.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
})
