// House rules that a compiler does not know: texts only in the locales, platform differences only in src/platform, small files.
import fs from 'node:fs'
import path from 'node:path'

const walk = (d) => fs.readdirSync(d, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(path.join(d, e.name)) : [path.join(d, e.name)]))
const bare = (s) => s.replace(/<!--[\s\S]*?-->/g, '').replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
const bad = []
const used = new Set()
for (const f of walk('src')) {
  if (!/\.(vue|ts)$/.test(f) || f.endsWith('api.d.ts') || f.endsWith('.test.ts')) continue
  const text = fs.readFileSync(f, 'utf8'), code = bare(text), lines = text.split('\n').length
  const locale = f.includes(`locales${path.sep}`), platform = f.startsWith(path.join('src', 'platform'))
  if (!locale && lines > 300) bad.push(`${f}: ${lines} lines, 300 at most`)
  if (!locale && /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/.test(code)) bad.push(`${f}: text outside the locales: ${/.*[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef].*/.exec(code)[0].trim()}`)
  if (!platform && /#ifn?def/.test(text.replace(/<style[\s\S]*/, ''))) bad.push(`${f}: #ifdef outside src/platform`)
  if (!platform && /\b(wx|my|window|document|localStorage)\.\w/.test(code)) bad.push(`${f}: a platform's own object outside src/platform`)
  if (!platform && /uni\.(request|uploadFile|downloadFile|connectSocket|login|requestPayment|scanCode|chooseImage|getStorageSync|setStorageSync)\b/.test(code)) bad.push(`${f}: goes around src/platform`)
  if (!locale) for (const m of text.matchAll(/['"`]([a-z_]+(?:\.[a-z0-9_]+)*)['"`]/g)) used.add(m[1])
}
// groups that are looked up by a code of the server, or put together
const groups = [...fs.readFileSync('test/groups.txt', 'utf8').split(/\s+/)].filter(Boolean)
for (const m of fs.readFileSync('src/shared/locales/zh.ts', 'utf8').matchAll(/^ {2}'([^']+)':/gm))
  if (!used.has(m[1]) && !groups.includes(m[1].replace(/\.[^.]+$/, ''))) bad.push(`locales: ${m[1]} is not used`)
// pages that the server's messages open
const all = JSON.parse(bare(fs.readFileSync('src/pages.json', 'utf8')))
const pages = new Set([...all.pages.map((p) => p.path), ...all.subPackages.flatMap((s) => s.pages.map((p) => `${s.root}/${p.path}`))])
let opened = 0
for (const f of [...walk('../server/domain'), ...walk('../server/providers')]) {
  for (const m of fs.readFileSync(f, 'utf8').matchAll(/"((?:pages|pkg-[a-z]+)\/[\w/-]*)/g)) {
    opened++
    if (!pages.has(m[1])) bad.push(`${f}: opens ${m[1]}, which is no page`)
  }
}
if (!opened) bad.push('no message of the server opens a page')
for (const b of bad) console.error(b)
if (bad.length) process.exit(1)
console.log('ok: rules of the house')
