import { defineConfig } from '@playwright/test'

/* The real server behind a real browser (Debian's chromium). One worker: each file has a world of its own. */
export default defineConfig({
  testDir: '.',
  testIgnore: process.env.ANJU_PICTURES ? [] : ['**/pictures.spec.ts'], // they make the README's pictures and test nothing
  outputDir: 'out/results',
  timeout: 120e3,
  expect: { timeout: 15e3 },
  workers: 1,
  retries: 0,
  reporter: [['list']],
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
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
})
