import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { picturesAsFiles } from './docs/pictures-as-files.ts'

const here = import.meta.dirname

export default defineConfig({
  root: here,
  publicDir: false,
  plugins: [vue({ features: { optionsAPI: false } }), picturesAsFiles],
  build: {
    outDir: resolve(here, '../../dist/web'),
    emptyOutDir: true,
    // The pages run under a strict Content-Security-Policy: nothing becomes a data: URL, nothing is put inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: resolve(here, 'index.html'),
        register: resolve(here, 'register.html'),
        docs: resolve(here, 'docs/index.html'),
      },
    },
  },
})
