// Renders every COMPILED WeChat page in jsdom, without the developer tools: what an owner, a technician or a passer-by reads.
const { JSDOM } = require('jsdom'), path = require('path'), fs = require('fs')
const { answer, login, me, pages } = require('./answers.cjs')
const dom = new JSDOM('<!doctype html><html><body></body></html>', { url: 'https://localhost/', pretendToBeVisual: true })
for (const k of ['window', 'document', 'Node', 'Element', 'HTMLElement', 'Event', 'CustomEvent', 'MutationObserver', 'requestAnimationFrame']) global[k] = k === 'window' ? dom.window : dom.window[k]
try { Object.defineProperty(global, 'navigator', { value: dom.window.navigator, configurable: true }) } catch { /* newer Node has one */ }
const simulate = require('miniprogram-simulate')
const root = path.resolve(process.argv[2] || path.join(__dirname, '../dist/mp-weixin')), role = process.argv[3] ?? ''

const store = new Map(), asked = [], missing = [], sockets = []
const info = { platform: 'devtools', SDKVersion: '3.8.0', windowWidth: 375, language: 'zh_CN', model: 'sim', brand: 'sim', system: 'iOS 17', pixelRatio: 2, screenWidth: 375, screenHeight: 812, windowHeight: 724, statusBarHeight: 44, theme: 'light' }
let app
global.App = (o) => { app = o }
global.getApp = () => app
global.getCurrentPages = () => []
global.Page = () => { throw new Error('Page() is not how uni-app registers a page') }
const put = (k, v) => store.set(`anju.${k}`, JSON.stringify(v))
if (role !== '0') { put('tokens', login); put('me', me(role === 't')) }
Object.assign(global.wx, {
  getSystemInfoSync: () => info, getAppBaseInfo: () => info, getWindowInfo: () => info, getDeviceInfo: () => info, canIUse: () => true,
  getLaunchOptionsSync: () => ({ path: '', query: {} }), getEnterOptionsSync: () => ({}), onAppShow() {}, onAppHide() {}, onError() {}, onThemeChange() {}, onNetworkStatusChange() {}, onUnhandledRejection() {},
  getStorageSync: (k) => store.get(k) ?? '', setStorageSync: (k, v) => store.set(k, v), removeStorageSync: (k) => store.delete(k),
  setNavigationBarTitle() {}, setNavigationBarColor() {}, stopPullDownRefresh() {}, setKeepScreenOn() {}, vibrateLong() {}, showToast() {},
  createCanvasContext: () => new Proxy({}, { get: () => () => undefined }),
  navigateTo: (o) => asked.push(['navigateTo', o.url]), redirectTo: (o) => asked.push(['redirectTo', o.url]), reLaunch: (o) => asked.push(['reLaunch', o.url]),
  request: (o) => {
    const a = answer(o.method || 'GET', o.url)
    asked.push([o.method || 'GET', o.url])
    if (a.status === 404) missing.push(o.url)
    setTimeout(() => { const r = { statusCode: a.status, header: {}, data: JSON.stringify(a.body) }; o.success?.(r); o.complete?.(r) }, 1)
    return {}
  },
  connectSocket: (o) => {
    const h = {}
    const task = { url: o.url, protocols: o.protocols, sent: [], onOpen: (f) => { h.open = f }, onMessage: (f) => { h.message = f }, onClose: (f) => { h.close = f }, onError: (f) => { h.error = f }, send: (m) => task.sent.push(JSON.parse(m.data)), close: () => h.close?.({ code: 1000 }), h }
    sockets.push(task)
    return task
  },
})
let bad = 0
const must = (ok, what) => { if (!ok) { bad++; console.log('FAIL ' + what) } }
const settle = async (done) => { for (let i = 0; i < 60 && !done(); i++) await new Promise((r) => setTimeout(r, 10)) }

;(async () => {
  require(path.join(root, 'app.js'))
  app.onLaunch?.({ path: '', query: {} })
  let shown = 0
  for (const [page, who, query, texts] of pages) {
    if (who !== role) continue
    asked.length = 0
    const id = simulate.load(path.join(root, page), page.replace(/\//g, '-'), { rootPath: root, compiler: 'simulate' })
    const c = simulate.render(id, {}), el = document.createElement('div')
    document.body.appendChild(el)
    c.attach(el)
    const inst = c.instance, read = () => el.textContent.replace(/\s+/g, ' ')
    inst.onLoad?.(query)
    inst.onShow?.()
    inst.onReady?.()
    await settle(() => texts.every((x) => read().includes(x)))
    for (const x of texts) must(read().includes(x), `${page}: "${x}" is not in: ${read().slice(0, 300)}`)
    must(!/undefined|NaN|\[object/.test(read()), `${page}: ${read().slice(0, 300)}`)
    if (page === 'pkg-owner/repair/index') {
      // the live channel: hello, then an event moves the bar without anything being pressed
      const s = sockets.at(-1)
      must(s && s.url.endsWith('/live/v1') && s.protocols[0] === 'push', 'the socket of the live channel')
      s.h.open({})
      must(s.sent[0]?.op === 'hello' && 'repair:7' in s.sent[0].resume, 'hello with the topic of the page: ' + JSON.stringify(s.sent))
      s.h.message({ data: JSON.stringify({ type: 'live', server_now: '2026-11-27T08:06:00.000+08:00', topics: { 'repair:7': 3 } }) })
      const before = asked.length
      s.h.message({ data: JSON.stringify({ type: 'event', topic: 'repair:7', seq: 4, event: 'repair.status', at: '', data: { repair_id: '7', version: 4, state: 'arrived', progress: 1, event: 'arrive' } }) })
      await settle(() => asked.length > before)
      must(asked.slice(before).some(([, u]) => /\/repairs\/7$/.test(u)), 'the order is read again after the event')
    }
    inst.onUnload?.()
    c.detach()
    el.remove()
    shown++
  }
  for (const u of missing) must(false, `nothing is known at ${u}`)
  console.log(bad ? `${bad} failures` : `ok: ${shown} WeChat pages as ${role === 't' ? 'technician' : role === '0' ? 'passer-by' : 'owner'}`)
  process.exit(bad ? 1 : 0)
})().catch((e) => { console.error('FAIL', e); process.exit(1) })
