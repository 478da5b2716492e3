// Runs the COMPILED logic of every Alipay page against a fake `my`. Nothing on npm renders AXML: what is asserted is what the
// page hands to its template.
const path = require('path')
const { answer, login, me, pages } = require('./answers.cjs')
const root = path.resolve(process.argv[2] || path.join(__dirname, '../dist/mp-alipay')), role = process.argv[3] ?? ''
const store = new Map(), options = {}, missing = []
let now, app
const put = (k, v) => store.set(`anju.${k}`, JSON.stringify(v))
if (role !== '0') { put('tokens', login); put('me', me(role === 't')) }
global.App = (o) => { app = o }
global.getApp = () => app
global.getCurrentPages = () => []
global.Page = (o) => { options[now] = o }
global.Component = (o) => { options[now] ??= o }
global.Behavior = global.Mixin = (o) => o
const info = { platform: 'iOS', language: 'zh-Hans', windowWidth: 375, windowHeight: 667, pixelRatio: 2, model: 'x', brand: 'x', system: '17', version: '10.5.0', screenWidth: 375, screenHeight: 667, statusBarHeight: 20, titleBarHeight: 44 }
const base = {
  SDKVersion: '2.8.0', canIUse: () => true, getSystemInfoSync: () => info, getLaunchOptionsSync: () => ({}),
  getStorageSync: ({ key }) => ({ data: store.get(key) ?? null }), setStorageSync: ({ key, data }) => { store.set(key, data) }, removeStorageSync: ({ key }) => { store.delete(key) },
  onAppShow() {}, onAppHide() {}, onUnhandledRejection() {}, onError() {}, onNetworkStatusChange() {},
  request: (o) => {
    const a = answer(o.method || 'GET', o.url)
    if (a.status === 404) missing.push(o.url)
    setTimeout(() => { const r = { status: a.status, statusCode: a.status, headers: {}, data: JSON.stringify(a.body) }; o.success?.(r); o.complete?.(r) }, 1)
    return {}
  },
  connectSocket: () => ({ onOpen() {}, onMessage() {}, onClose() {}, onError() {}, send() {}, close() {} }),
}
global.my = new Proxy(base, { get: (t, k) => (k in t ? t[k] : String(k).startsWith('$') ? undefined : () => undefined), has: () => true })
let bad = 0
const must = (ok, what) => { if (!ok) { bad++; console.log('FAIL ' + what) } }

;(async () => {
  now = 'app'
  require(path.join(root, 'app.js'))
  app.onLaunch?.({ path: '', query: {} })
  let run = 0
  for (const [page, who, query, texts, own_text] of pages) {
    if (who !== role) continue
    now = page
    require(path.join(root, page + '.js'))
    const o = options[page]
    must(!!o, `${page} registers itself`)
    if (!o) continue
    const got = []
    const take = (d, done) => { got.push(JSON.stringify(d)); done?.() }
    const inst = Object.assign({ data: { ...(o.data || {}) }, route: page, $id: ++run, $page: {}, props: {}, setData: take, $spliceData: take, $batchedUpdates: (f) => f() }, o.methods || {}, o)
    for (const h of ['onInit', 'didMount']) inst[h]?.call(inst, query)
    inst.onLoad?.call(inst, query)
    inst.onShow?.call(inst)
    inst.onReady?.call(inst)
    await new Promise((r) => setTimeout(r, 60))
    // what goes to components does not pass through the page's setData: amounts and titles of the page itself do
    const all = got.join('\n'), own = [own_text, ...texts].filter((x) => x && all.includes(x))
    must(got.length > 0, `${page} hands something to its template`)
    must(own.length > 0, `${page}: none of ${texts.join(' / ')} in ${all.slice(0, 400)}`)
    must(!/NaN|\[object /.test(all), `${page}: ${all.slice(0, 300)}`)
    inst.onUnload?.call(inst)
  }
  for (const u of missing) must(false, `nothing is known at ${u}`)
  console.log(bad ? `${bad} failures` : `ok: ${run} Alipay pages as ${role === 't' ? 'technician' : role === '0' ? 'passer-by' : 'owner'}`)
  process.exit(bad ? 1 : 0)
})().catch((e) => { console.error('FAIL', e); process.exit(1) })
