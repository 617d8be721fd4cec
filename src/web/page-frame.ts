import type { Plugin } from 'vite'

const HEAD = `<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" type="image/svg+xml" href="./icon.svg" />
    <link rel="stylesheet" href="./style.css" />
    <link rel="stylesheet" href="./controls.css" />`

const BODY = `<div id="app"></div>
    <noscript
      ><p class="no-script">
        请启用 JavaScript 后使用本页面。<br /><span lang="en">Please turn JavaScript on to use this page.</span>
      </p></noscript
    >`

/** Puts into each page, where its comments say so, what all of them have. A page's own style sheets come after those of all. */
export const pageFrame: Plugin = {
  name: 'page-frame',
  transformIndexHtml: {
    order: 'pre',
    handler: (html) => html.replace('<!-- head of all pages -->', HEAD).replace('<!-- body of all pages -->', BODY),
  },
}
