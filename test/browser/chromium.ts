import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import { installDebian, mayInstall } from '../servers/debian.ts'
import { findProgram } from '../servers/programs.ts'

/** As distributions and Google call it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const ON_A_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

/** The browser keeps to the page under test: it asks nobody for updates, experiments or lists. */
const ARGUMENTS = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
]

/** Of this process; a program does not move while tests run. */
let found: string | undefined

/**
 * Starts a real Chromium without a window. Close it in the end. To it `http://localhost` is a secure context.
 *
 * The program is the one of `CHROMIUM_PATH`, else on the `PATH`; Debian's package is installed where there is none and this is Debian's
 * root user, as in a container.
 * @throws Error what to do where it cannot be had
 */
export function launchChromium(): Promise<Browser> {
  found ??= given() ?? onThePath() ?? installed() ?? missing()
  // Chromium refuses its own sandbox to root, as which containers run.
  const args = process.getuid?.() === 0 ? ['--no-sandbox', ...ARGUMENTS] : ARGUMENTS
  return chromium.launch({ executablePath: found, args })
}

function given(): string | undefined {
  const path = process.env['CHROMIUM_PATH']
  return path === undefined || path === '' ? undefined : path
}

function onThePath(): string | undefined {
  for (const name of NAMES) {
    const path = findProgram(name)
    if (path !== undefined) return path
  }
  return existsSync(ON_A_MAC) ? ON_A_MAC : undefined
}

function installed(): string | undefined {
  if (!mayInstall()) return undefined
  installDebian('chromium', 'Chromium')
  return onThePath()
}

function missing(): never {
  throw new Error(
    'These tests need Chromium on the PATH or in CHROMIUM_PATH (Debian: apt-get install chromium; macOS: brew install chromium)',
  )
}
