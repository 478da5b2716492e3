import path from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import uniPlugin from '@dcloudio/vite-plugin-uni'

const uni = ((uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin) as typeof uniPlugin

/** uni-app's own styles ask an outside host for a shadow picture, on H5 at run time. No style file leaves with it. */
const noOutsidePictures = (): Plugin => ({
  name: 'no-outside-pictures',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'asset' && /\.(css|wxss|acss)$/.test(file.fileName))
          file.source = String(file.source).replace(/url\(["']?https?:\/\/cdn\d*\.dcloud\.net\.cn[^)]*\)/g, 'none')
    },
  },
})

/**
 * H5: all that the first page needs in one file, and one style sheet: each file more is a round trip more on a phone. Another
 * page is then one small file. What only other pages use lies in a second file, and English in a third.
 */
const LATER = /\/components\/(CheckItem|FormField|JobCard|JobSheet|LastDay|LineEditor|LineTable|OwnStats|PaidList|PatrolPoints|PayCode|PhotoPicker|RateCard|RepairTimeline|ScanSheet|SegmentRow|SignPad|StarRow)\.vue|\/shared\/(checklist|explain|lines|taxno)\.ts/
function shared(id: string): string | undefined {
  if (id.includes('/locales/en.ts')) return 'en'
  if (LATER.test(id)) return 'more'
  return /\/src\/(main\.ts|App\.vue|pages\/home\/|(api|components|composables|platform|shared|stores)\/)|pages-json-js|vite\/preload-helper/.test(id) ? 'app' : undefined
}
const h5 = process.env.UNI_PLATFORM === 'h5'

export default defineConfig({
  build: h5 ? { cssCodeSplit: false, rollupOptions: { output: { manualChunks: shared } } } : {},
  plugins: [uni(), noOutsidePictures()],
  resolve: { alias: { '@': path.resolve(__dirname, 'src') } },
  define: {
    // mini-programs have no origin of their own: the server's address is built in. H5 asks where it came from.
    __API__: JSON.stringify(process.env.API_BASE || 'https://127.0.0.1:8443'),
    __COMPANY__: JSON.stringify(process.env.COMPANY || ''),
  },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: process.env.API_BASE || 'https://127.0.0.1:8443', secure: false, changeOrigin: true },
      '/live': { target: process.env.API_BASE || 'https://127.0.0.1:8443', secure: false, ws: true, changeOrigin: true },
    },
  },
})
