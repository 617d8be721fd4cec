import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { picturesAsFiles } from './docs/pictures-as-files.ts'
import { pageFrame } from './page-frame.ts'

const here = import.meta.dirname

/** A page is empty until its script has run: nothing is painted before, least of all in colours that the visitor did not choose. */
const paintWhenThereIsSomething: Plugin = {
  name: 'paint-when-there-is-something',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module"', '<script blocking="render" type="module"'),
  },
}

/** Compressed once here, and not for every visitor: the service sends a file's `.br` or `.gz` in its place to whoever takes it. */
const compressFiles: Plugin = {
  name: 'compress-files',
  apply: 'build',
  writeBundle({ dir = '' }, bundle) {
    for (const file of Object.values(bundle)) {
      const content = Buffer.from(file.type === 'chunk' ? file.code : file.source)
      writeFileSync(join(dir, `${file.fileName}.br`), brotliCompressSync(content))
      writeFileSync(join(dir, `${file.fileName}.gz`), gzipSync(content, { level: 9 }))
    }
  },
}

const PAGES = ['index', 'register', 'login', 'reset', 'account', 'monitor']

export default defineConfig({
  root: here,
  publicDir: false,
  plugins: [
    pageFrame,
    vue({ features: { optionsAPI: false } }),
    picturesAsFiles,
    paintWhenThereIsSomething,
    compressFiles,
  ],
  build: {
    outDir: resolve(here, '../../dist/web'),
    emptyOutDir: true,
    // The pages run under a strict Content-Security-Policy: nothing becomes a data: URL, nothing is put inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        ...Object.fromEntries(PAGES.map((page) => [page, resolve(here, `${page}.html`)])),
        docs: resolve(here, 'docs/index.html'),
      },
    },
  },
})
