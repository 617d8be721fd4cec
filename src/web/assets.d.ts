// Vite turns an imported picture into its address.
declare module '*.svg' {
  const url: string
  export default url
}

// And a worker into a file of its own, and its address.
declare module '*?worker&url' {
  const url: string
  export default url
}
