"""As Gradio's documentation has it: an interface over a function."""

import os
import sys

import gradio as gr
import joblib
import pandas as pd

COLUMNS = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]
model = joblib.load(os.environ["MODEL"])


def predict(carat, cut, color, clarity, depth, table, x, y, z):
    row = [carat, cut, color, clarity, depth, table, x, y, z]
    return model.predict(pd.DataFrame([row], columns=COLUMNS))[0]


demo = gr.Interface(
    predict,
    [
        gr.Number(label="carat", value=1.03),
        gr.Dropdown(["Fair", "Good", "Very Good", "Premium", "Ideal"], label="cut", value="Premium"),
        gr.Dropdown(["J", "I", "H", "G", "F", "E", "D"], label="color", value="G"),
        gr.Dropdown(["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"], label="clarity", value="VS1"),
        gr.Number(label="depth", value=60.7),
        gr.Number(label="table", value=58),
        gr.Number(label="x", value=6.55),
        gr.Number(label="y", value=6.5),
        gr.Number(label="z", value=3.96),
    ],
    gr.Number(label="price"),
)

if __name__ == "__main__":
    demo.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]))
