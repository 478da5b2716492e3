import type { Platform } from './types'
import { gcjOf } from '@/shared/gcj'
import * as common from './common'
import { watchLabels } from './h5-labels'

interface Detector { detect(source: ImageBitmap): Promise<{ rawValue: string }[]> }
const detector = (): Detector | null => {
  const D = (window as unknown as { BarcodeDetector?: new (o: object) => Detector }).BarcodeDetector
  try { return D ? new D({ formats: ['qr_code'] }) : null } catch { return null }
}

/*
 * The page's security policy lets it ask only its own server: a blob: or data: address cannot be fetched. So pictures
 * are kept by their address, and data addresses are read by hand.
 */
const files = new Map<string, Blob>()
function localBlob(src: string): Blob | null {
  const known = files.get(src)
  if (known) return known
  const m = /^data:([^;,]+);base64,(.*)$/.exec(src)
  if (!m) return null
  return new Blob([Uint8Array.from(atob(m[2]!), (c) => c.charCodeAt(0))], { type: m[1] })
}
function chooseImages(count: number, camera: boolean): Promise<string[]> {
  return new Promise((done) => {
    uni.chooseImage({
      count,
      sourceType: camera ? ['camera'] : ['album', 'camera'],
      success: (a) => {
        const paths = [a.tempFilePaths].flat()
        ;[a.tempFiles].flat().forEach((f, i) => { if (f instanceof Blob && paths[i]) files.set(paths[i]!, f) })
        done(paths)
      },
      fail: () => done([]),
    })
  })
}
async function blobOf(url: string, headers: Record<string, string>): Promise<Blob> {
  let r: Response
  try { r = await fetch(url, { headers, credentials: 'omit' }) } catch { throw { status: 0, data: null, retryAfter: 0 } }
  if (!r.ok) throw { status: r.status, data: await r.json().catch(() => null), retryAfter: Number(r.headers.get('retry-after')) || 0 }
  return r.blob()
}
function give(blob: Blob, name: string) {
  const a = document.createElement('a')
  a.href = URL.createObjectURL(blob)
  a.download = name
  a.rel = 'noopener'
  document.body.appendChild(a)
  a.click()
  a.remove()
  setTimeout(() => URL.revokeObjectURL(a.href), 60000)
}

/* Chromium, Firefox and Safari turn a picture by its orientation when it is drawn; the copy has no place in it any more. */
async function shrink(src: string): Promise<string> {
  try {
    const blob = localBlob(src)
    if (!blob) return src
    const bitmap = await createImageBitmap(blob)
    const k = Math.min(1, 1600 / Math.max(bitmap.width, bitmap.height))
    const c = document.createElement('canvas')
    c.width = Math.max(1, Math.round(bitmap.width * k))
    c.height = Math.max(1, Math.round(bitmap.height * k))
    c.getContext('2d')!.drawImage(bitmap, 0, 0, c.width, c.height)
    bitmap.close()
    return c.toDataURL('image/jpeg', 0.75)
  } catch {
    return src
  }
}
let tone: { stop(): void } | null = null
let lock: { release(): Promise<void> } | null = null

function alert(on: boolean) {
  tone?.stop()
  tone = null
  void lock?.release().catch(() => undefined)
  lock = null
  if (!on) return
  const activated = (navigator as unknown as { userActivation?: { hasBeenActive: boolean } }).userActivation?.hasBeenActive ?? false
  if (activated) {
    try {
      const audio = new AudioContext()
      const beep = () => {
        const o = audio.createOscillator(), g = audio.createGain()
        o.frequency.value = 880
        g.gain.setValueAtTime(0.2, audio.currentTime)
        g.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5)
        o.connect(g).connect(audio.destination)
        o.start()
        o.stop(audio.currentTime + 0.5)
        navigator.vibrate?.([400, 200])
      }
      beep()
      const timer = setInterval(beep, 1500)
      tone = { stop() { clearInterval(timer); void audio.close() } }
    } catch { /* a silent offer is still on the whole screen */ }
  }
  const wake = (navigator as unknown as { wakeLock?: { request(k: string): Promise<typeof lock> } }).wakeLock
  wake?.request('screen').then((l) => { lock = l }, () => undefined)
}

const h5: Platform = {
  name: 'h5',
  origin: () => location.origin,
  request: common.request,
  async upload(url, src, headers) {
    const form = new FormData(), blob = localBlob(src)
    if (!blob) return { status: 422, data: { error: { code: 'gone', message: '', request_id: '' } }, retryAfter: 0 }
    try {
      form.append('file', blob, 'photo.jpg')
      const r = await fetch(url, { method: 'POST', headers, body: form, credentials: 'omit' })
      return { status: r.status, data: common.parse(await r.text()), retryAfter: Number(r.headers.get('retry-after')) || 0 }
    } catch {
      return { status: 0, data: null, retryAfter: 0 }
    }
  },
  fetchFile: async (url, headers) => URL.createObjectURL(await blobOf(url, headers)),
  release: (src) => { if (src.startsWith('blob:')) URL.revokeObjectURL(src) },
  openDocument: async (url, headers, name) => give(await blobOf(url, headers), name),
  async saveText(name, text) {
    give(new Blob([text], { type: 'application/json' }), name)
    return 'file'
  },
  socket() {
    const ws = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/live/v1`, 'push')
    return {
      onOpen: (f) => { ws.onopen = () => f() },
      onMessage: (f) => { ws.onmessage = (m) => f(String(m.data)) },
      onClose: (f) => { ws.onclose = (e) => f(e.code) },
      send: (text) => ws.send(text),
      close: () => ws.close(),
    }
  },
  loginCode: null,
  payWay: 'qr',
  channels: ['wechat', 'alipay'],
  pay: async () => 'done',
  async scan() {
    const d = detector()
    const [src] = d ? await chooseImages(1, true) : []
    const blob = src && localBlob(src)
    if (!d || !blob) return null
    const found = await d.detect(await createImageBitmap(blob))
    return found[0]?.rawValue ?? null
  },
  canScan: () => detector() !== null,
  where: () => new Promise((done) => {
    navigator.geolocation.getCurrentPosition((p) => done(gcjOf({ lat: p.coords.latitude, lng: p.coords.longitude })), () => done(null), { enableHighAccuracy: true, timeout: 10000 })
  }),
  chooseImages,
  shrink,
  // what shrink made is a data address already: it outlives the page
  keep: async (src) => (src.startsWith('data:') ? src : shrink(src)),
  subscribe: async () => [],
  alert,
  setLang: (lang) => { document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN' },
  systemDark: () => matchMedia('(prefers-color-scheme: dark)').matches,
  onSystemDark: (f) => matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (e) => f(e.matches)),
  onOnline: (f) => window.addEventListener('online', f),
  language: () => navigator.language,
  english: () => import('@/shared/locales/en').then((m) => m.default),
  boot() {
    watchLabels()
    // what stands in printed codes: /#/facility/{token}, /#/pay/{token}, /#/receipt/{code}
    const short = /^#\/(facility|pay|receipt)\/([\w.~-]+)$/.exec(location.hash)
    const page = { facility: 'pkg-public/asset/index', pay: 'pkg-public/paycode/index', receipt: 'pkg-public/receipt/index' }
    if (short) location.replace(`#/${page[short[1] as keyof typeof page]}?token=${short[2]}`)
  },
}
export default h5
