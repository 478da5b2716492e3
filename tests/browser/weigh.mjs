// weigh.mjs - Lighthouse on the two pages people see first: the owner's home (logged in, demo data) and the console's log-in.
//   scripts/web --quick && node tests/browser/weigh.mjs        figures for a note, not a test: they are of this machine
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { chromium } from "@playwright/test";
import lighthouse from "lighthouse";
import { Money, root } from "../e2e/lib/index.mjs";

const s = await Money.start({ redis: true, sqlite: true, config: { static_dir: `${root}/.build/web` } });
const url = `https://127.0.0.1:${s.world.port}`, o = await s.owner();
const port = await new Promise((ok) => { const n = net.createServer().listen(0, "127.0.0.1", () => { const p = n.address().port; n.close(() => ok(p)); }); });
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "anju-weigh-"));
const browser = await chromium.launchPersistentContext(dir, { executablePath: process.env.ANJU_CHROMIUM || "/usr/bin/chromium", ignoreHTTPSErrors: true,
  args: [`--remote-debugging-port=${port}`, "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--ignore-certificate-errors"] });
const put = { tokens: { token: o.token, refresh: null }, me: { accountId: o.account_id, name: "业主", kind: "resident", roles: ["owner"], projectId: o.project_id ?? null }, device: o.device, settings: { lang: "zh" } };

async function weigh(name, address, store, preset) {
  const page = await browser.newPage();
  await page.goto(address);
  await page.evaluate((all) => { for (const [k, v] of Object.entries(all)) localStorage.setItem(`anju.${k}`, JSON.stringify(v)); }, store);
  await page.close();
  const rows = [];
  for (let i = 0; i < 3; i++) {
    const flags = { port, output: "json", logLevel: "error", disableStorageReset: true, onlyCategories: ["performance", "accessibility", "best-practices"] };
    const config = preset === "desktop" ? (await import("lighthouse/core/config/desktop-config.js")).default : undefined;
    const { lhr } = await lighthouse(address, flags, config), a = lhr.audits;
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
    rows.push({ performance: lhr.categories.performance.score, accessibility: lhr.categories.accessibility.score, practices: lhr.categories["best-practices"].score,
      fcp: Math.round(a["first-contentful-paint"].numericValue), lcp: Math.round(a["largest-contentful-paint"].numericValue), tbt: Math.round(a["total-blocking-time"].numericValue),
      cls: +a["cumulative-layout-shift"].numericValue.toFixed(3), kb: Math.round(a["total-byte-weight"].numericValue / 1024),
      failed: Object.values(a).filter((x) => x.score === 0 && ["color-contrast", "errors-in-console", "meta-viewport", "label", "button-name"].includes(x.id)).map((x) => x.id).join(" ") });
  }
  console.log(name);
  console.table(rows);
}
try {
  await weigh("owner's home, a phone on slow 4G", `${url}/m/#/pages/home/index`, put);
  await weigh("console log-in, a desktop", `${url}/console/`, {}, "desktop");
} finally {
  await browser.close();
  await s.stop();
  fs.rmSync(dir, { recursive: true, force: true });
}
