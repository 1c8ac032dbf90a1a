import { configDefaults, defineConfig } from 'vitest/config'
import { leftOut } from './test/which-node.ts'

/** Where .ci/run wants the figures of a run. */
const report = process.env.TEST_REPORT

/** Suites whose servers and apps are held to deadlines by the clock: what else runs would make them miss some. */
const alone = ['test/faults/**/*.test.ts', 'packages/store-*/test/**/*.test.ts']

export default defineConfig({
  test: {
    exclude: [...configDefaults.exclude, ...leftOut],
    // What tests provoke on purpose need not be read every time; that it is said is tested.
    execArgv: ['--disable-warning=SallyportWarning'],
    globalSetup: ['test/which-node.ts'],
    // Suites start servers and compilers on small machines. A test that hangs is still found.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...leftOut, ...alone],
          // Most suites wait for something: two of them keep two cores busy.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
