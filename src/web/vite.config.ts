import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const here = import.meta.dirname

/** A page is empty until its script has run: nothing is painted before, least of all in colours that the visitor did not choose. */
const paintWhenThereIsSomething: Plugin = {
  name: 'paint-when-there-is-something',
  transformIndexHtml: {
    order: 'post',
    handler: (html) => html.replace('<script type="module"', '<script blocking="render" type="module"'),
  },
}

export default defineConfig({
  root: here,
  publicDir: false,
  plugins: [vue({ features: { optionsAPI: false } }), paintWhenThereIsSomething],
  build: {
    outDir: resolve(here, '../../dist/web'),
    emptyOutDir: true,
    // The pages run under a strict Content-Security-Policy: nothing becomes a data: URL, nothing is put inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: resolve(here, 'index.html'), register: resolve(here, 'register.html') },
    },
  },
})
