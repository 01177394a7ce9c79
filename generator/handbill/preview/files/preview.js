// Gives each frame of an e-mail the height of what is in it. Without script the frames scroll.
const fit = (frame) => {
  const page = frame.contentDocument?.documentElement;
  if (page?.scrollHeight) frame.height = page.scrollHeight;
};
for (const frame of document.querySelectorAll("iframe.email")) {
  frame.addEventListener("load", () => fit(frame));
  if (frame.contentDocument?.readyState === "complete") fit(frame);
}
