/** The only place that knows where it runs. Everything else asks `platform`. */
import type { Platform } from './types'
// #ifdef H5
import h5 from './h5'
// #endif
// #ifdef MP-WEIXIN
import wechat from './wechat'
// #endif
// #ifdef MP-ALIPAY
import alipay from './alipay'
// #endif

let chosen: Platform | undefined
// #ifdef H5
chosen = h5
// #endif
// #ifdef MP-WEIXIN
chosen = wechat
// #endif
// #ifdef MP-ALIPAY
chosen = alipay
// #endif
export const platform: Platform = chosen!
export type { Platform, PayResult, PayWay, Answer } from './types'

const PREFIX = 'anju.'
export const storage = {
  get<T>(key: string): T | null {
    try {
      const text = uni.getStorageSync(PREFIX + key) as string
      return text ? (JSON.parse(text) as T) : null
    } catch {
      return null
    }
  },
  /** false: the phone's storage is full or closed */
  set(key: string, value: unknown): boolean {
    try {
      uni.setStorageSync(PREFIX + key, JSON.stringify(value))
      return true
    } catch {
      return false
    }
  },
  remove(key: string): void {
    try { uni.removeStorageSync(PREFIX + key) } catch { /* nothing there */ }
  },
  /** All that begins with one of these */
  removeAll(beginnings: readonly string[]): void {
    try {
      for (const key of uni.getStorageInfoSync().keys as string[])
        if (beginnings.some((b) => key.startsWith(PREFIX + b))) uni.removeStorageSync(key)
    } catch { /* nothing there */ }
  },
}
