import { defineConfig } from '@playwright/test'

/* The real server behind a real browser (Debian's chromium). Each file has a world of its own; what is measured
 * (mini/job.spec.ts) goes first and alone. */
const MEASURED = '**/mini/job.spec.ts'

export default defineConfig({
  testDir: '.',
  outputDir: 'out/results',
  timeout: 120e3,
  expect: { timeout: 15e3 },
  workers: Number(process.env.ANJU_WORKERS || 1), // two are faster, and show who is in a hurry
  retries: 0,
  reporter: [['list']],
  projects: process.env.ANJU_PICTURES
    ? [{ name: 'pictures', testMatch: '**/pictures.spec.ts' }] // they make the README's pictures and test nothing
    : [{ name: 'measured', testMatch: MEASURED }, { name: 'all', testIgnore: [MEASURED, '**/pictures.spec.ts'], dependencies: ['measured'] }],
  use: {
    ignoreHTTPSErrors: true,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1440, height: 900 },
    actionTimeout: 20e3,
    trace: process.env.ANJU_TRACE ? 'retain-on-failure' : 'off', // on: what led to a failure can be looked at step by step
    screenshot: 'only-on-failure',
    video: 'off',
    launchOptions: {
      executablePath: process.env.ANJU_CHROMIUM || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--ignore-certificate-errors'], // the last: accepted at once, not request by request
    },
  },
})
