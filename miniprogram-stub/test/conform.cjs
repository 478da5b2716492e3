// Conformance of the built mini-programs without their tools: structure, sizes, outside hosts, WeChat's own compiler, API names.
const fs = require('fs'), path = require('path'), root = path.join(__dirname, '..')
let bad = 0, good = 0
const say = (ok, m) => { if (ok) good++; else { bad++; console.log('FAIL ' + m) } }
const walk = (d) => fs.readdirSync(d, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(path.join(d, e.name)) : [path.join(d, e.name)]))
const MB2 = 2 << 20
for (const [name, dir, tpl] of [['weapp', 'dist/mp-weixin', 'wxml'], ['alipay', 'dist/mp-alipay', 'axml']]) {
  const d = path.join(root, dir), app = JSON.parse(fs.readFileSync(d + '/app.json')), files = walk(d), subs = app.subPackages || app.subpackages || []
  const pages = [...app.pages, ...subs.flatMap((s) => s.pages.map((p) => s.root + '/' + p))]
  const wanted = JSON.parse(fs.readFileSync(path.join(root, 'src/pages.json')))
  say(pages.length === wanted.pages.length + wanted.subPackages.reduce((n, s) => n + s.pages.length, 0), `${name}: all pages are there`)
  for (const p of pages) for (const x of ['js', 'json', tpl]) say(fs.existsSync(`${d}/${p}.${x}`), `${name} ${p}.${x}`)
  const size = (f) => fs.statSync(f).size, total = files.reduce((a, f) => a + size(f), 0)
  const sub = subs.map((s) => [s.root, files.filter((f) => f.startsWith(path.join(d, s.root) + '/')).reduce((a, f) => a + size(f), 0)])
  const main = total - sub.reduce((a, s) => a + s[1], 0)
  console.log(`${name}: main ${main} B, ${sub.map(([r, n]) => `${r} ${n} B`).join(', ')}, all ${total} B`)
  say(main <= MB2, `${name} main package ${main} B`)
  for (const [r, n] of sub) say(n > 0 && n <= MB2, `${name} sub-package ${r} ${n} B`)
  say(total <= 20 << 20, `${name} total`)
  for (const f of files.filter((f) => f.endsWith('.json')))
    for (const [k, v] of Object.entries(JSON.parse(fs.readFileSync(f)).usingComponents || {})) {
      const b = v.startsWith('/') ? d + v : path.join(path.dirname(f), v)
      say(fs.existsSync(b + '.js') && fs.existsSync(b + '.' + tpl), `${name} component ${k} of ${f}`)
    }
  const text = files.filter((f) => /\.(js|wxss|acss|wxml|axml|json)$/.test(f)).map((f) => [f, fs.readFileSync(f, 'utf8')])
  const hosts = new Set()
  for (const [, t] of text) for (const m of t.matchAll(/(?:https?|wss?):\/\/([a-z0-9.-]+)/gi)) hosts.add(m[1])
  const api = new URL(process.env.API_BASE || 'https://127.0.0.1:8443').hostname
  const named = new Set(['www.w3.org', 'vuejs.org', 'uniapp.dcloud.net.cn', api]) // a name space, two addresses in error texts, the server
  say([...hosts].every((h) => named.has(h)), `${name} hosts: ${[...hosts]}`)
  say(!text.some(([f, t]) => f.endsWith('.js') && /\beval\(|new Function\(/.test(t)), `${name}: no eval, no new Function`)
  const dom = text.filter(([f, t]) => f.endsWith('.js') && /\bdocument\.(querySelector|getElementById|createElement|cookie)|\blocalStorage\b|\bnew WebSocket\b|\bcreateImageBitmap\b/.test(t)).map(([f]) => f)
  say(!dom.length, `${name}: nothing of the browser: ${dom}`)
}
const c = require('miniprogram-compiler'), w = path.join(root, 'dist/mp-weixin')
for (const fn of ['wxmlToJs', 'wxssToJs'])
  try { say(c[fn](w).length > 100, 'official ' + fn) } catch (e) { say(false, `official ${fn} ${String(e.message).slice(0, 400)}`) }
const read = (p) => walk(path.join(root, 'node_modules', p)).filter((f) => f.endsWith('.d.ts')).map((f) => fs.readFileSync(f, 'utf8')).join('\n')
const wx = read('miniprogram-api-typings/types/wx'), my = read('@mini-types/my/types')
const sources = walk(path.join(root, 'src')).filter((f) => /\.(ts|vue)$/.test(f) && !/platform\/h5/.test(f))
const used = new Set(sources.flatMap((f) => [...fs.readFileSync(f, 'utf8').matchAll(/\buni\.([a-zA-Z]+)\??\.?\(/g)].map((m) => m[1])))
// uni-app's own names for what Alipay calls otherwise
const ALIPAY = { requestPayment: 'tradePay', login: 'getAuthCode', scanCode: 'scan', showModal: 'confirm', setClipboardData: 'setClipboard', vibrateLong: 'vibrateLong', canvasToTempFilePath: 'toTempFilePath', requestSubscribeMessage: 'requestSubscribeMessage', setNavigationBarTitle: 'setNavigationBar', setNavigationBarColor: 'setNavigationBar', onThemeChange: '' }
for (const u of used) {
  say(new RegExp(`\\b${u}[<(]`).test(wx), `wx.${u} is in miniprogram-api-typings`)
  const a = ALIPAY[u] ?? u
  say(a === '' || new RegExp(`\\b${a}\\b`).test(my) || new RegExp(`\\b${u}\\b`).test(my), `my.${a} is in @mini-types/my`)
}
console.log(bad ? `${bad} failures` : `ok: ${good} checks`)
process.exit(bad ? 1 : 0)
