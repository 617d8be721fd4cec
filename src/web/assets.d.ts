// Vite turns an imported picture into its address.
declare module '*.svg' {
  const url: string
  export default url
}
