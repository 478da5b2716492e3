import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig, type Plugin } from 'vite'

/* x.gz and x.br beside x: the server hands them out as they are. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const [name, file] of Object.entries(bundle)) {
          if (!/\.(js|css|html|svg|json)$/.test(name)) continue
          const data = Buffer.from(file.type === 'asset' ? file.source : file.code)
          if (data.length < 1024) continue
          const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
          this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: gzipSync(data, { level: 9 }) })
          this.emitFile({ type: 'asset', fileName: `${name}.br`, source: brotliCompressSync(data, brotli) })
        }
      },
    },
  }
}

export default defineConfig({
  base: '/console/',
  plugins: [vue(), Components({ dts: false, dirs: [], resolvers: [ElementPlusResolver()] }), compressed()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy: { '/api': { target: process.env.ANJU_URL ?? 'https://localhost:8443', secure: false }, '/live': { target: process.env.ANJU_URL ?? 'https://localhost:8443', secure: false, ws: true } } },
  build: {
    target: 'es2022',
    outDir: process.env.ANJU_WEB_OUT ?? '../../.build/web/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: { output: { hashCharacters: 'hex', entryFileNames: 'assets/[name]-[hash:12].js', chunkFileNames: 'assets/[name]-[hash:12].js', assetFileNames: 'assets/[name]-[hash:12][extname]', manualChunks: { vue: ['vue', 'vue-router', 'pinia'] } } },
  },
})
