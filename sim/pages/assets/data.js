// The numbers of the page: base64 of deflated JSON in an element that is no script to run.

/** Return what the page draws, as `sim.pages.payload` packed it. */
async function readData() {
  const packed = document.getElementById("data").textContent.trim();
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
