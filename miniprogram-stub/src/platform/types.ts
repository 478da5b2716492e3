import type { Place } from '@/shared/gcj'
import type { Words } from '@/shared/i18n'
import type { Sock } from '@/shared/live'

export type PlatformName = 'h5' | 'wechat' | 'alipay'
export interface Request { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; url: string; headers: Record<string, string>; body?: unknown }
/** status 0: no answer came */
export interface Answer { status: number; data: any; retryAfter: number }
/** How money leaves: inside the app, or by a code that another app reads. */
export type PayWay = 'mini' | 'qr'
export type PayResult = 'done' | 'cancelled' | 'failed'

export interface Platform {
  name: PlatformName
  /** Origin of the server, without a slash at the end */
  origin(): string
  request(r: Request): Promise<Answer>
  /** One file, as multipart */
  upload(url: string, src: string, headers: Record<string, string>): Promise<Answer>
  /** A file that needs the session, as something an <image> can show; throws Answer */
  fetchFile(url: string, headers: Record<string, string>): Promise<string>
  /** The picture is no longer shown */
  release(src: string): void
  /** Opens a PDF for reading */
  openDocument(url: string, headers: Record<string, string>, name: string): Promise<void>
  /** Gives a text to keep: a download, or the clipboard */
  saveText(name: string, text: string): Promise<'file' | 'clipboard'>
  socket(): Sock
  /** The platform's own login, when it has one */
  loginCode: (() => Promise<string>) | null
  payWay: PayWay
  /** Channels that can be used here */
  channels: readonly ('wechat' | 'alipay')[]
  pay(client: Record<string, string>): Promise<PayResult>
  /** The text of a code; null when nothing was read or it cannot be done here */
  scan(): Promise<string | null>
  canScan(): boolean
  /** Where the phone is, in GCJ-02; null when it may not say, or does not know */
  where(): Promise<Place | null>
  chooseImages(count: number, camera: boolean): Promise<string[]>
  /** Smaller, turned right, without the place it was taken at */
  shrink(src: string): Promise<string>
  /** A reference to the picture that is still good tomorrow */
  keep(src: string): Promise<string>
  /** Asks for one-time messages; the templates that were allowed */
  subscribe(templates: string[]): Promise<string[]>
  alert(on: boolean): void
  setLang(lang: string): void
  /** The system's dark mode, if it says so */
  systemDark(): boolean
  onSystemDark(f: (dark: boolean) => void): void
  onOnline(f: () => void): void
  language(): string
  /** The English texts: part of the package, or a file of their own */
  english(): Words | Promise<Words>
  /** Once, before the first page */
  boot(): void
}
