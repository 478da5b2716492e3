/** What uni-app makes the same everywhere. */
import type { Answer, Request } from './types'

export function header(headers: Record<string, unknown> | undefined, name: string): string {
  for (const [k, v] of Object.entries(headers ?? {})) if (k.toLowerCase() === name) return String(v)
  return ''
}
export function request(r: Request): Promise<Answer> {
  return new Promise((done) => {
    uni.request({
      url: r.url,
      method: r.method,
      header: r.headers,
      data: r.body === undefined ? undefined : JSON.stringify(r.body),
      dataType: 'text',
      timeout: 20000,
      success: (a) => done({ status: a.statusCode, data: parse(a.data), retryAfter: Number(header(a.header, 'retry-after')) || 0 }),
      fail: () => done({ status: 0, data: null, retryAfter: 0 }),
    })
  })
}
export function parse(data: unknown): unknown {
  if (typeof data !== 'string') return data
  try { return data ? JSON.parse(data) : null } catch { return null }
}
export function upload(url: string, src: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((done) => {
    uni.uploadFile({
      url,
      filePath: src,
      name: 'file',
      fileType: 'image',
      header: headers,
      success: (a) => done({ status: a.statusCode, data: parse(a.data), retryAfter: 0 }),
      fail: () => done({ status: 0, data: null, retryAfter: 0 }),
    })
  })
}
export function download(url: string, headers: Record<string, string>): Promise<string> {
  return new Promise((done, no) => {
    uni.downloadFile({
      url,
      header: headers,
      success: (a) => (a.statusCode === 200 ? done(a.tempFilePath) : no({ status: a.statusCode, data: null, retryAfter: 0 })),
      fail: () => no({ status: 0, data: null, retryAfter: 0 }),
    })
  })
}
export function chooseImages(count: number, camera: boolean): Promise<string[]> {
  return new Promise((done) => {
    uni.chooseImage({
      count,
      sizeType: ['compressed'],
      sourceType: camera ? ['camera'] : ['album', 'camera'],
      success: (a) => done([a.tempFilePaths].flat()),
      fail: () => done([]),
    })
  })
}
export function scanNative(): Promise<string | null> {
  return new Promise((done) => {
    uni.scanCode({ onlyFromCamera: false, success: (a) => done(a.result || null), fail: () => done(null) })
  })
}
export function onOnline(f: () => void): void {
  uni.onNetworkStatusChange((s) => { if (s.isConnected) f() })
}
