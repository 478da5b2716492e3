/** What the two mini-programs share. */
import en from '@/shared/locales/en'
import type { Sock } from '@/shared/live'
import type { Platform } from './types'
import * as common from './common'

let ringing: ReturnType<typeof setInterval> | undefined

export function socketOf(origin: string): Sock {
  const task = uni.connectSocket({ url: `${origin.replace(/^http/, 'ws')}/live/v1`, protocols: ['push'], complete: () => undefined }) as unknown as UniApp.SocketTask
  return {
    onOpen: (f) => task.onOpen(() => f()),
    onMessage: (f) => task.onMessage((m) => f(String(m.data))),
    onClose: (f) => {
      let said = false
      const once = (code: number) => { if (!said) { said = true; f(code) } }
      task.onClose((r: any) => once(Number(r?.code) || 0))
      task.onError(() => once(0))
    },
    send: (text) => task.send({ data: text }),
    close: () => task.close({}),
  }
}

export const mini: Pick<Platform, 'origin' | 'request' | 'upload' | 'fetchFile' | 'release' | 'openDocument' | 'saveText' | 'socket' | 'payWay' |
  'scan' | 'canScan' | 'where' | 'chooseImages' | 'shrink' | 'keep' | 'alert' | 'setLang' | 'systemDark' | 'onSystemDark' | 'onOnline' | 'language' | 'english' | 'boot'> = {
  origin: () => __API__,
  request: common.request,
  upload: common.upload,
  fetchFile: common.download,
  release: () => undefined,
  async openDocument(url, headers) {
    const path = await common.download(url, headers)
    await new Promise<void>((done, no) => uni.openDocument({ filePath: path, fileType: 'pdf', showMenu: true, success: () => done(), fail: no }))
  },
  async saveText(_name, text) {
    await new Promise<void>((done, no) => uni.setClipboardData({ data: text, success: () => done(), fail: no }))
    return 'clipboard'
  },
  socket: () => socketOf(__API__),
  payWay: 'mini',
  scan: common.scanNative,
  canScan: () => true,
  where: () => new Promise((done) => {
    uni.getLocation({ type: 'gcj02', isHighAccuracy: true, success: (a) => done({ lat: Number(a.latitude), lng: Number(a.longitude) }), fail: () => done(null) })
  }),
  chooseImages: common.chooseImages,
  shrink: (src) => new Promise((done) => {
    uni.compressImage({ src, quality: 75, compressedWidth: 1600, success: (a) => done(a.tempFilePath), fail: () => done(src) })
  }),
  keep: (src) => new Promise((done) => {
    uni.saveFile({ tempFilePath: src, success: (a) => done(a.savedFilePath), fail: () => done(src) })
  }),
  alert(on) {
    clearInterval(ringing)
    ringing = undefined
    uni.setKeepScreenOn({ keepScreenOn: on })
    if (!on) return
    const buzz = () => uni.vibrateLong({})
    buzz()
    ringing = setInterval(buzz, 1500)
  },
  setLang: () => undefined,
  systemDark: () => uni.getSystemInfoSync().theme === 'dark',
  onSystemDark: (f) => uni.onThemeChange?.((r: { theme: string }) => f(r.theme === 'dark')),
  onOnline: common.onOnline,
  language: () => uni.getSystemInfoSync().language ?? 'zh',
  english: () => en,
  boot: () => undefined,
}
